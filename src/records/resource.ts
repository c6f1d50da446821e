import { findMembers, isKey, isNumberAt, jsonKey, MemberLookup, textAt, type JsonKey } from '../json/json-members';
import { QUOTE, type JsonScanner } from '../json/json-scanner';
import { utf8Text, type Utf8Text } from '../json/byte-writer';
import { fieldCode } from '../tines/page-index';
import type { SlicedPage } from '../tines/page';
import type { EntryFields } from './fields';

/** More names than that, or longer ones, are no operations: they are looked up each time. */
const MOST_KNOWN = 10_000;
const LONGEST_KNOWN = 200;

const OPERATION = fieldCode('operation_name');
const INPUTS = fieldCode('inputs');
const TYPE = fieldCode('resource_type');
const ID = fieldCode('resource_id');
const NAME = fieldCode('resource_name');

/** What an operation is done to, and where that thing's id and name are. */
export type ResourceRule = ReturnType<typeof ruleOf>;

/** Places in a rule's lookup. */
const ID_KEY = 0;
const NAME_KEY = 1;

/**
 * Resources: type, key of the id, beginnings of the names of operations that are done to one, and of those whose inputs have
 * its name. Names as in Tines' API docs and in captured entries; the list grows, and what isn't here has no type.
 */
const RESOURCES: readonly (readonly [type: string, idKey: string | null, prefixes: string, named: string])[] = [
  ['action', 'actionId', 'ActionInput ActionEgressControlRule ActionIntegration', 'Action'],
  ['action', null, 'Actions', ''],
  ['annotation', 'annotationId', 'Annotation', ''],
  ['authentication_token', 'authenticationTokenId', '', 'AuthenticationToken'],
  ['case', 'caseId', 'TeamCaseFile TeamCaseButton TeamCaseWebhook', 'TeamCase'],
  ['case_view', null, '', 'TeamCasesSavedView'],
  ['credential', 'credentialId', '', 'UserCredential Credential'],
  ['event', 'eventId', 'Event', ''],
  ['folder', 'folderId', '', 'Folder'],
  ['form', 'formId', 'FormField', 'Form'],
  ['record_report', 'recordReportId', 'RecordReportElement', 'RecordReport'],
  ['record_result_set', 'recordResultSetId', 'RecordResultSet', ''],
  ['record_type', 'recordTypeId', '', 'RecordType'],
  ['record_writer', 'recordWriterId', '', 'RecordWriter'],
  ['resource', 'globalResourceId', '', 'GlobalResource Resource'],
  ['story', 'storyId', 'TestStory StoryRecipient StoryVersion StoryItems', 'ArchivedStory ExampleStory Story'],
  ['story', null, 'BatchStory', ''],
  ['team', 'teamId', 'TeamMember TeamMembers', 'Team'],
  ['template', 'templateId', '', 'Template'],
  ['tenant', null, 'CustomCertificateAuthority SsoConfiguration Tenant', ''],
  ['user', 'userId', '', 'User'],
  ['user', null, 'Users', ''],
];

const INPUTS_KEY = jsonKey('inputs');

/** @param idKey the key in the inputs that holds the id @param isNamed whether `name` in the inputs is this resource's */
function ruleOf(type: string, idKey: string | null, isNamed: boolean) {
  const keys = [idKey === null ? undefined : jsonKey(idKey), isNamed ? jsonKey('name') : undefined];
  // Finds id and name in the inputs, and in those that they nest once more.
  const lookup = idKey === null && !isNamed ? undefined : new MemberLookup(keys, INPUTS_KEY);
  return { type, json: utf8Text(JSON.stringify(type)), lookup };
}

/** Longest first: `StoryItemsMovement` is done to a story, `TeamCaseUpdate` to a case. */
const RULES = RESOURCES.flatMap(([type, idKey, prefixes, named]) => [
  ...prefixes.split(' ').map((prefix) => ({ prefix, rule: ruleOf(type, idKey, false) })),
  ...named.split(' ').map((prefix) => ({ prefix, rule: ruleOf(type, idKey, true) })),
])
  .filter(({ prefix }) => prefix !== '')
  .toSorted((a, b) => b.prefix.length - a.prefix.length);

/** Of operations that aren't known. */
const NO_RULE: ResourceRule = { type: '', json: utf8Text(''), lookup: undefined };

/** `story.created`: the documented record of another collector. */
const DOTTED = /^([a-z][a-z0-9_]*)\./;

/** The rule for an operation; of no type where it isn't certain what it is done to. */
export function resourceRule(operation: string): ResourceRule {
  const dotted = DOTTED.exec(operation)?.[1];
  if (dotted !== undefined) return ruleOf(dotted, `${camelCase(dotted)}Id`, true);
  return RULES.find(({ prefix }) => startsWithWord(operation, prefix))?.rule ?? NO_RULE;
}

/** `Team` begins `TeamUpdate`, but not `Teammate`. */
function startsWithWord(operation: string, prefix: string): boolean {
  const next = operation.charAt(prefix.length);
  return operation.startsWith(prefix) && (next === '' || next !== next.toLowerCase());
}

const camelCase = (snake: string): string => snake.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** Finder of what an operation was done to, and of its id and name in the inputs. It is used again for each entry. */
export class ResourceFinder {
  /** Operations met so far, by a hash of their names: there are a few hundred, and millions of entries. */
  readonly #known = new Map<number, { readonly name: JsonKey; readonly rule: ResourceRule }>();
  /** The type of the last entry's operation, as JSON; empty where nothing is certain. */
  type: Utf8Text = NO_RULE.json;

  /** Adds to an entry's fields the id and name that they lack, but nothing where a given type says otherwise. */
  complete({ body, scanner }: SlicedPage, { starts, ends }: EntryFields): void {
    const type = starts[TYPE] ?? -1;
    const operation = starts[OPERATION] ?? -1;
    const inputs = starts[INPUTS] ?? -1;
    const isWhole = type !== -1 && starts[ID] !== -1 && starts[NAME] !== -1;
    const rule = isWhole || operation === -1 ? NO_RULE : this.#ruleAt(scanner, operation, ends[OPERATION] ?? 0);
    const { lookup } = rule;
    this.type = rule.json;
    if (lookup === undefined || inputs === -1) return;
    if (type !== -1 && textAt(body, type, ends[TYPE] ?? 0) !== rule.type) return;
    findMembers(scanner, inputs, lookup);
    const id = fitting(body, lookup, ID_KEY, isIdAt);
    const name = fitting(body, lookup, NAME_KEY, isTextAt);
    if (starts[ID] === -1 && id !== -1) {
      starts[ID] = id;
      ends[ID] = scanner.valueEnd(id);
    }
    if (starts[NAME] === -1 && name !== -1) {
      starts[NAME] = name;
      ends[NAME] = scanner.valueEnd(name);
    }
  }

  /** The rule for an operation as it stands in a response: a string is made only of a name that was not met before. */
  #ruleAt(scanner: JsonScanner, start: number, end: number): ResourceRule {
    const { bytes } = scanner;
    let hash = 0;
    for (let at = start; at < end; at += 1) hash = (Math.imul(hash, 31) + (bytes[at] ?? 0)) | 0;
    const known = this.#known.get(hash);
    if (known !== undefined && isKey(scanner, start, end, known.name)) return known.rule;
    const text = textAt(bytes, start, end) ?? '';
    const rule = resourceRule(text);
    if (this.#known.size < MOST_KNOWN && end - start < LONGEST_KNOWN) {
      this.#known.set(hash, { name: jsonKey(text), rule });
    }
    return rule;
  }
}

/** Offset of a key's value that fits, in the inner inputs or else in the outer ones; -1 for nothing. */
function fitting(body: Buffer, { found, nested }: MemberLookup, key: number, fits: typeof isIdAt): number {
  const inner = nested?.found[key] ?? -1;
  const outer = found[key] ?? -1;
  if (fits(body, inner)) return inner;
  return fits(body, outer) ? outer : -1;
}

/** Whether a value that begins at `at` is a string that isn't empty. */
const isTextAt = (bytes: Uint8Array, at: number): boolean => at >= 0 && bytes[at] === QUOTE && bytes[at + 1] !== QUOTE;

const isIdAt = (bytes: Uint8Array, at: number): boolean => at >= 0 && (isNumberAt(bytes, at) || isTextAt(bytes, at));
