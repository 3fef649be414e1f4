import { typeNames } from './call-function.ts';
import { functionCatalogue, type ExpressionFunction } from './functions/catalogue.ts';

const groupTitles: { [group in ExpressionFunction['group']]: string } = {
  text: 'Text',
  lists: 'Lists',
  objects: 'Objects',
  numbers: 'Numbers',
  values: 'Testing and converting',
  dates: 'Dates',
  encodings: 'Encodings and digests',
};

/** The reference of all functions as markdown, made from the catalogue; starts at heading level 2. */
export function describeFunctions(): string {
  const groups = Object.entries(groupTitles).map(([group, title]) => {
    const entries = functionCatalogue.filter((entry) => entry.group === group);
    return [`## ${title}`, ...entries.map(describe)].join('\n\n');
  });
  return `${groups.join('\n\n')}\n`;
}

/** A function as it is called: `slice(value, start, [end])`. */
export function describeCall(entry: ExpressionFunction): string {
  const names = entry.arguments.map((argument) => {
    const name = argument.repeats ? `${argument.name}…` : argument.name;
    return argument.optional ? `[${name}]` : name;
  });
  return `${entry.name}(${names.join(', ')})`;
}

function describe(entry: ExpressionFunction): string {
  const rows = entry.arguments.map((argument) => {
    const may = argument.optional ? ', may be left out' : '';
    return `- \`${argument.name}\` (${typeNames[argument.type]}${may}): ${argument.description}`;
  });
  const example = `\`{{${entry.example.expression}}}\` gives \`${JSON.stringify(entry.example.result)}\``;
  return [
    `### \`${describeCall(entry)}\``,
    entry.description,
    rows.join('\n'),
    `Gives ${typeNames[entry.returns]}. ${example}`,
  ].join('\n\n');
}
