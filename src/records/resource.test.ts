import { describe, expect, test } from '@jest/globals';
import { pageOf } from '../../testing/page-of';
import type { AuditLogsRecord } from '../generated/types';
import { RecordBatch } from './record';

const NOTHING = { type: null, id: null, name: null };

const batch = new RecordBatch('acme', () => undefined);

/** What the record of an operation and its inputs says. */
function deriveResource(operation: string, inputs: unknown): unknown {
  batch.add(pageOf(JSON.stringify({ audit_logs: [{ id: 1, operation_name: operation, inputs }] })), 0, 0);
  const record = JSON.parse(Buffer.from(batch.take().bytes).toString()) as AuditLogsRecord;
  return { type: record.resource_type, id: record.resource_id, name: record.resource_name };
}

const typeOf = (operation: string): unknown => (deriveResource(operation, null) as { type: unknown }).type;

describe("the type, from the beginning of the operation's name", () => {
  test.each([
    ['StoryCreation', 'story'],
    ['StoryItemsMovement', 'story'],
    ['StoryVersionNameChange', 'story'],
    ['ArchivedStoryDeletion', 'story'],
    ['BatchStoryArchive', 'story'],
    ['ExampleStoryImport', 'story'],
    ['TestStoryCreation', 'story'],
    ['UserCredentialSave', 'credential'],
    ['CredentialMovement', 'credential'],
    ['AuthenticationTokenCreation', 'authentication_token'],
    ['GlobalResourceEdit', 'resource'],
    ['ResourceReplacement', 'resource'],
    ['TeamCaseUpdate', 'case'],
    ['TeamCasesSavedViewCreation', 'case_view'],
    ['TeamMembersAddition', 'team'],
    ['TeamMemberRemoval', 'team'],
    ['TeamUpdate', 'team'],
    ['ActionsDisabledChange', 'action'],
    ['ActionInputReorder', 'action'],
    ['ActionRun', 'action'],
    ['Action', 'action'],
    ['AnnotationContentChange', 'annotation'],
    ['FolderCreation', 'folder'],
    ['FormFieldAddition', 'form'],
    ['FormUpdate', 'form'],
    ['RecordTypeUpdate', 'record_type'],
    ['RecordReportElementCreation', 'record_report'],
    ['RecordWriterCreation', 'record_writer'],
    ['RecordResultSetUpdate', 'record_result_set'],
    ['TemplateUpdate', 'template'],
    ['UsersInvitation', 'user'],
    ['UserEdit', 'user'],
    ['EventDeletion', 'event'],
    ['SsoConfigurationSamlSet', 'tenant'],
    ['TenantPlanUpgradeRequest', 'tenant'],
    ['CustomCertificateAuthoritySet', 'tenant'],
    ['story.created', 'story'],
    ['credential.updated', 'credential'],
    ['record_type.field.added', 'record_type'],
  ])('%s is done to a %s', (operation, type) => {
    expect(typeOf(operation)).toBe(type);
  });

  test.each(['Login', 'AnalyticsCapture', 'LinkChange', 'GroupFlatten', 'JobsQueuedDeletion', ''])(
    '"%s" has no resource that is certain',
    (operation) => {
      expect(deriveResource(operation, { inputs: { name: 'x', storyId: 1 } })).toEqual(NOTHING);
    },
  );

  test.each(['Teammate', 'Storyboard', 'Users2', 'Eventual', 'story', 'storyCreation', 'MyStoryCreation'])(
    'a word goes on in "%s", so it is another one',
    (operation) => {
      expect(deriveResource(operation, null)).toEqual(NOTHING);
    },
  );

  test.each(['.created', 'Story.created', 'story created', '1.2'])('"%s" is no dotted name', (operation) => {
    expect(typeOf(operation)).toBeNull();
  });

  test('is the same when asked again', () => {
    const ask = (): unknown => deriveResource('FolderUpdate', { folderId: 332, name: 'Folder' });
    expect(ask()).toEqual(ask());
  });
});

describe('id and name, from the inputs', () => {
  test('lie nested in captured entries', () => {
    const inputs = { inputs: { storyId: 12, name: 'Triage', teamId: 7 } };
    expect(deriveResource('StoryNameChange', inputs)).toEqual({ type: 'story', id: '12', name: 'Triage' });
  });

  test('lie flat in others', () => {
    expect(deriveResource('UserCredentialDestruction', { credentialId: 3013 })).toEqual({
      type: 'credential',
      id: '3013',
      name: null,
    });
  });

  test('nested ones go before flat ones', () => {
    expect(deriveResource('StoryNameChange', { storyId: 1, inputs: { storyId: 2 } })).toMatchObject({ id: '2' });
  });

  test('of a dotted operation go by its own word', () => {
    const inputs = { recordTypeId: 'c3d4', name: 'Alerts' };
    expect(deriveResource('record_type.created', inputs)).toEqual({ type: 'record_type', id: 'c3d4', name: 'Alerts' });
  });

  test("an id of another resource is not taken for this one's", () => {
    expect(deriveResource('StoryCreation', { inputs: { name: 'x', teamId: 7, folderId: 9 } })).toMatchObject({
      id: null,
    });
  });

  test.each([
    ['null', null],
    ['missing', undefined],
    ['a text', 'storyId'],
    ['a list', [{ storyId: 1 }]],
    ['nested a list', { inputs: [{ storyId: 1 }] }],
  ])('are null where the inputs are %s', (_, inputs) => {
    expect(deriveResource('StoryUpdate', inputs)).toEqual({ type: 'story', id: null, name: null });
  });

  test.each([
    ['an object', {}],
    ['a list', [1]],
    ['empty', ''],
    ['true', true],
    ['null', null],
  ])('are null where they are %s', (_, value) => {
    expect(deriveResource('StoryUpdate', { inputs: { storyId: value, name: value } })).toEqual({
      type: 'story',
      id: null,
      name: null,
    });
  });

  test.each(['ActionsNameChange', 'UsersInvitation', 'BatchStoryArchive'])(
    'are null for %s, done to several',
    (operation) => {
      const inputs = { inputs: { actionId: 1, userId: 2, storyId: 3, name: 'x' } };
      expect(deriveResource(operation, inputs)).toMatchObject({ id: null, name: null });
    },
  );

  test.each([
    'StoryItemsCreation',
    'StoryRecipientAddition',
    'StoryVersionNameChange',
    'TestStoryCreation',
    'TeamMembersAddition',
    'FormFieldUpdate',
    'ActionInputAddition',
    'TeamCaseFileAttach',
    'TeamCaseButtonCreation',
    'TeamCaseWebhookUpdate',
    'RecordReportElementCreation',
    'ActionEgressControlRuleCreation',
    'ActionIntegrationCreation',
  ])("a name in the inputs of %s is its part's, not the resource's", (operation) => {
    expect(deriveResource(operation, { inputs: { name: 'of the part' } })).toMatchObject({ name: null });
  });
});
