import {
  findMembers,
  isKey,
  isNumberAt,
  isObjectAt,
  jsonKey,
  MemberLookup,
  textAt,
  type JsonKey,
} from '../json/json-members';
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
export interface ResourceRule {
  readonly type: string;
  /** The type as JSON. */
  readonly json: Utf8Text;
  /**
   * Finds id and name in the inputs, and in those that they nest once more; undefined where there is nothing to find.
   */
  readonly lookup: MemberLookup | undefined;
}

/** Places in {@link ResourceRule.lookup}. */
const ID_KEY = 0;
const NAME_KEY = 1;

interface Rule {
  readonly type: string;
  /** The key in `inputs` that holds the resource's id. */
  readonly idKey: string | null;
  /** Whether `name` in `inputs` is this resource's name. */
  readonly named: boolean;
}

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

const rulesOf = (prefixes: string, rule: Rule): (readonly [string, Rule])[] =>
  prefixes.split(' ').flatMap((prefix) => (prefix === '' ? [] : [[prefix, rule]]));

/** Longest first: `StoryItemsMovement` is done to a story, `TeamCaseUpdate` to a case. */
const RULES = RESOURCES.flatMap(([type, idKey, prefixes, named]) => [
  ...rulesOf(prefixes, { type, idKey, named: false }),
  ...rulesOf(named, { type, idKey, named: true }),
]).toSorted(([a], [b]) => b.length - a.length);

/** `story.created`: the documented record of another collector. */
const DOTTED = /^([a-z][a-z0-9_]*)\./;

/** Of operations that aren't known. */
export const NO_RULE: ResourceRule = { type: '', json: utf8Text(''), lookup: undefined };

const INPUTS_KEY = jsonKey('inputs');

/** The rule for an operation; {@link NO_RULE} where it isn't certain what it is done to. */
export function resourceRule(operation: string): ResourceRule {
  const found = findRule(operation);
  return found === null ? NO_RULE : toResourceRule(found);
}

function findRule(operation: string): Rule | null {
  const dotted = DOTTED.exec(operation)?.[1];
  if (dotted !== undefined) return { type: dotted, idKey: `${camelCase(dotted)}Id`, named: true };
  return RULES.find(([prefix]) => startsWithWord(operation, prefix))?.[1] ?? null;
}

function toResourceRule({ type, idKey, named }: Rule): ResourceRule {
  const keys = [idKey === null ? undefined : jsonKey(idKey), named ? jsonKey('name') : undefined];
  const hasKeys = idKey !== null || named;
  return {
    type,
    json: utf8Text(JSON.stringify(type)),
    lookup: hasKeys ? new MemberLookup(keys, INPUTS_KEY) : undefined,
  };
}

/** `Team` begins `TeamUpdate`, but not `Teammate`. */
function startsWithWord(operation: string, prefix: string): boolean {
  if (!operation.startsWith(prefix)) return false;
  const next = operation.charAt(prefix.length);
  return next === '' || next !== next.toLowerCase();
}

const camelCase = (snake: string): string => snake.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/**
 * Finder of what an operation was done to: the type by its name, id and name in its inputs, which captured entries nest
 * once more: the inner ones count first. It is used again for each entry.
 */
export class ResourceFinder {
  /** Operations met so far, by a hash of their names: there are a few hundred, and millions of entries. */
  readonly #known = new Map<number, { readonly name: JsonKey; readonly rule: ResourceRule }>();
  /** The type of the last entry's operation, as JSON; empty where nothing is certain. */
  type: Utf8Text = NO_RULE.json;
  /** Offsets of what the last search found: of a string that isn't empty, or of a number for the id; -1 for nothing. */
  id = -1;
  name = -1;

  /** Adds to an entry's fields the id and name that they lack, but nothing where a given type says otherwise. */
  complete(page: SlicedPage, { starts, ends }: EntryFields): void {
    const { body, scanner } = page;
    const type = starts[TYPE] ?? -1;
    const operation = starts[OPERATION] ?? -1;
    const isWhole = type !== -1 && starts[ID] !== -1 && starts[NAME] !== -1;
    const rule = isWhole || operation === -1 ? NO_RULE : this.#ruleAt(scanner, operation, ends[OPERATION] ?? 0);
    this.type = rule.json;
    if (rule === NO_RULE || (type !== -1 && textAt(body, type, ends[TYPE] ?? 0) !== rule.type)) return;
    this.find(scanner, rule, starts[INPUTS] ?? -1);
    if (starts[ID] === -1 && this.id !== -1) {
      starts[ID] = this.id;
      ends[ID] = scanner.valueEnd(this.id);
    }
    if (starts[NAME] === -1 && this.name !== -1) {
      starts[NAME] = this.name;
      ends[NAME] = scanner.valueEnd(this.name);
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

  /** Looks for id and name. @param inputs offset of the inputs, valid JSON of any shape; -1 where there are none */
  find(scanner: JsonScanner, rule: ResourceRule, inputs: number): void {
    const { bytes } = scanner;
    this.id = -1;
    this.name = -1;
    const { lookup } = rule;
    if (lookup?.nested === undefined || !isObjectAt(bytes, inputs)) return;
    findMembers(scanner, inputs, lookup);
    const { found } = lookup;
    const inner = lookup.nested.found;
    this.id = (isIdAt(bytes, inner[ID_KEY] ?? -1) ? inner[ID_KEY] : found[ID_KEY]) ?? -1;
    this.name = (isTextAt(bytes, inner[NAME_KEY] ?? -1) ? inner[NAME_KEY] : found[NAME_KEY]) ?? -1;
    if (!isIdAt(bytes, this.id)) this.id = -1;
    if (!isTextAt(bytes, this.name)) this.name = -1;
  }
}

/** Whether a value that begins at `at` is a string that isn't empty. */
const isTextAt = (bytes: Uint8Array, at: number): boolean => at >= 0 && bytes[at] === QUOTE && bytes[at + 1] !== QUOTE;

const isIdAt = (bytes: Uint8Array, at: number): boolean => at >= 0 && (isNumberAt(bytes, at) || isTextAt(bytes, at));
