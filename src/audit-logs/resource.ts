import { jsonKey, MemberLookup } from '../json/json-members';
import { utf8Text, type Utf8Text } from '../json/byte-writer';

/** What an operation is done to, and where that thing's id and name are. */
export interface ResourceRule {
  readonly type: string;
  /** The type as JSON. */
  readonly json: Utf8Text;
  /** What is looked up in the inputs, and in those that they nest once more; undefined where there is nothing to. */
  readonly lookup: MemberLookup | undefined;
  readonly nested: MemberLookup;
  /** Places of id and name among the keys. */
  readonly id: number;
  readonly name: number;
}

interface Rule {
  readonly type: string;
  /** The key in `inputs` that holds the resource's id. */
  readonly idKey: string | null;
  /** Whether `name` in `inputs` is this resource's name. */
  readonly named: boolean;
}

/**
 * From the beginning of an operation's name to its resource, longest first: `StoryItemsMovement` is done to a story,
 * `TeamCaseUpdate` to a case. Names as in Tines' API docs and in captured entries; the list grows, and what isn't
 * here has no type.
 */
const RULES: readonly (readonly [prefix: string, rule: Rule])[] = (
  [
    ['AuthenticationToken', { type: 'authentication_token', idKey: 'authenticationTokenId', named: true }],
    ['UserCredential', { type: 'credential', idKey: 'credentialId', named: true }],
    ['Credential', { type: 'credential', idKey: 'credentialId', named: true }],
    ['CustomCertificateAuthority', { type: 'tenant', idKey: null, named: false }],
    ['SsoConfiguration', { type: 'tenant', idKey: null, named: false }],
    ['Tenant', { type: 'tenant', idKey: null, named: false }],
    ['GlobalResource', { type: 'resource', idKey: 'globalResourceId', named: true }],
    ['Resource', { type: 'resource', idKey: 'globalResourceId', named: true }],
    ['TeamCasesSavedView', { type: 'case_view', idKey: null, named: true }],
    ['TeamCaseFile', { type: 'case', idKey: 'caseId', named: false }],
    ['TeamCaseButton', { type: 'case', idKey: 'caseId', named: false }],
    ['TeamCaseWebhook', { type: 'case', idKey: 'caseId', named: false }],
    ['TeamCase', { type: 'case', idKey: 'caseId', named: true }],
    ['TeamMember', { type: 'team', idKey: 'teamId', named: false }],
    ['TeamMembers', { type: 'team', idKey: 'teamId', named: false }],
    ['Team', { type: 'team', idKey: 'teamId', named: true }],
    ['ArchivedStory', { type: 'story', idKey: 'storyId', named: true }],
    ['BatchStory', { type: 'story', idKey: null, named: false }],
    ['ExampleStory', { type: 'story', idKey: 'storyId', named: true }],
    ['TestStory', { type: 'story', idKey: 'storyId', named: false }],
    ['StoryRecipient', { type: 'story', idKey: 'storyId', named: false }],
    ['StoryVersion', { type: 'story', idKey: 'storyId', named: false }],
    ['StoryItems', { type: 'story', idKey: 'storyId', named: false }],
    ['Story', { type: 'story', idKey: 'storyId', named: true }],
    ['Actions', { type: 'action', idKey: null, named: false }],
    ['ActionInput', { type: 'action', idKey: 'actionId', named: false }],
    ['ActionEgressControlRule', { type: 'action', idKey: 'actionId', named: false }],
    ['ActionIntegration', { type: 'action', idKey: 'actionId', named: false }],
    ['Action', { type: 'action', idKey: 'actionId', named: true }],
    ['Annotation', { type: 'annotation', idKey: 'annotationId', named: false }],
    ['Folder', { type: 'folder', idKey: 'folderId', named: true }],
    ['FormField', { type: 'form', idKey: 'formId', named: false }],
    ['Form', { type: 'form', idKey: 'formId', named: true }],
    ['RecordReportElement', { type: 'record_report', idKey: 'recordReportId', named: false }],
    ['RecordReport', { type: 'record_report', idKey: 'recordReportId', named: true }],
    ['RecordType', { type: 'record_type', idKey: 'recordTypeId', named: true }],
    ['RecordWriter', { type: 'record_writer', idKey: 'recordWriterId', named: true }],
    ['RecordResultSet', { type: 'record_result_set', idKey: 'recordResultSetId', named: false }],
    ['Template', { type: 'template', idKey: 'templateId', named: true }],
    ['Users', { type: 'user', idKey: null, named: false }],
    ['User', { type: 'user', idKey: 'userId', named: true }],
    ['Event', { type: 'event', idKey: 'eventId', named: false }],
  ] as const
).toSorted((a, b) => b[0].length - a[0].length);

/** `story.created`: the documented record of another collector. */
const DOTTED = /^([a-z][a-z0-9_]*)\./;

/** Of operations that aren't known. */
export const NO_RULE: ResourceRule = {
  type: '',
  json: utf8Text(''),
  lookup: undefined,
  nested: new MemberLookup([]),
  id: 0,
  name: 0,
};

const INPUTS = jsonKey('inputs');
const NAME = jsonKey('name');

/** Operations seen so far: there are a few hundred names, and millions of entries. */
const ruleOf = new Map<string, ResourceRule>();

/** More names than that are no operations: the others are looked up each time. */
const MAX_CACHED = 10_000;

/** The rule for an operation; {@link NO_RULE} where it isn't certain what it is done to. */
export function resourceRule(operation: string): ResourceRule {
  const cached = ruleOf.get(operation);
  if (cached !== undefined) return cached;
  const found = findRule(operation);
  const rule = found === null ? NO_RULE : toResourceRule(found);
  if (ruleOf.size < MAX_CACHED) ruleOf.set(operation, rule);
  return rule;
}

function findRule(operation: string): Rule | null {
  const dotted = DOTTED.exec(operation)?.[1];
  if (dotted !== undefined) return { type: dotted, idKey: `${camelCase(dotted)}Id`, named: true };
  return RULES.find(([prefix]) => startsWithWord(operation, prefix))?.[1] ?? null;
}

function toResourceRule({ type, idKey, named }: Rule): ResourceRule {
  const keys = [INPUTS];
  if (idKey !== null) keys.push(jsonKey(idKey));
  if (named) keys.push(NAME);
  const nested = new MemberLookup(keys);
  return {
    type,
    json: utf8Text(JSON.stringify(type)),
    lookup: keys.length === 1 ? undefined : new MemberLookup(keys, nested),
    nested,
    // Behind the last key nothing is ever found.
    id: idKey === null ? keys.length : 1,
    name: named ? keys.length - 1 : keys.length,
  };
}

/** `Team` begins `TeamUpdate`, but not `Teammate`. */
function startsWithWord(operation: string, prefix: string): boolean {
  if (!operation.startsWith(prefix)) return false;
  const next = operation.charAt(prefix.length);
  return next === '' || next !== next.toLowerCase();
}

const camelCase = (snake: string): string => snake.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
