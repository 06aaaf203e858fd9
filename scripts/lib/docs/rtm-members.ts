import { join } from "node:path";
import ts from "typescript";
import { root } from "../root.ts";

/** The names that programs written for RTM 1.x may use, as the types have them: `createInstance`, `RtmClient.login`, `RtmClientEvents.TokenExpired`. */
export function rtmMembers(): string[] {
  const config = ts.readConfigFile(join(root, "src/rtm/tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, join(root, "src/rtm"));
  const program = ts.createProgram([join(root, "src/rtm/names.ts")], options);
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(join(root, "src/rtm/names.ts"));
  const module = file && checker.getSymbolAtLocation(file);
  if (module === undefined) throw new Error("src/rtm/names.ts is no module");
  const resolved = (symbol: ts.Symbol): ts.Symbol => ((symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol));
  const names = checker.getExportsOfModule(module).flatMap((alias) => {
    const symbol = resolved(alias);
    if (alias.name === "RtmEvents") return checker.getExportsOfModule(symbol).flatMap((map) => eventsOf(checker, resolved(map)));
    const declaration = symbol.declarations?.[0];
    if (declaration !== undefined && ts.isClassDeclaration(declaration)) return membersOf(checker, symbol);
    return (symbol.flags & ts.SymbolFlags.Value) === 0 ? [] : [alias.name];
  });
  return [...new Set(names)];
}

/** Each under the class that declares it, so that what all emitters have is listed once. Errors are described by their rule. */
function membersOf(checker: ts.TypeChecker, symbol: ts.Symbol): string[] {
  if (symbol.name === "RtmError") return [];
  const type = checker.getDeclaredTypeOfSymbol(symbol);
  const own = checker.getPropertiesOfType(type).flatMap((member) => {
    const declaration = member.valueDeclaration;
    if (declaration === undefined || isHidden(declaration)) return [];
    const owner = ts.isClassLike(declaration.parent) ? declaration.parent.name?.text : undefined;
    return [`${owner ?? symbol.name}.${member.name}`];
  });
  const statics = checker.getPropertiesOfType(checker.getTypeOfSymbol(symbol)).flatMap(({ name, valueDeclaration }) => {
    const owner = valueDeclaration !== undefined && ts.isClassLike(valueDeclaration.parent) ? valueDeclaration.parent.name?.text : undefined;
    return owner === undefined || valueDeclaration === undefined || isHidden(valueDeclaration) ? [] : [`${owner}.${name}`];
  });
  return [...own, ...statics];
}

const isHidden = (declaration: ts.Declaration): boolean => {
  const name = ts.getNameOfDeclaration(declaration);
  return (name !== undefined && ts.isPrivateIdentifier(name)) || ts.getJSDocTags(declaration).some(({ tagName }) => tagName.text === "internal");
};

const eventsOf = (checker: ts.TypeChecker, map: ts.Symbol): string[] =>
  map.name.endsWith("Events") ? checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(map)).map(({ name }) => `${map.name}.${name}`) : [];
