import { expect, test } from '@jest/globals';
import { meantOperation } from './operation-names';

test.each([
  ['in other capitals', 'storycreation', 'StoryCreation'],
  ['in the style of another API', 'story_creation', 'StoryCreation'],
  ['in words', 'Story Creation', 'StoryCreation'],
  ['with a letter too much', 'Logiin', 'Login'],
  ['with two wrong letters', 'CredentialDestrutcion', 'CredentialDestruction'],
])('A name %s is recognized', (_, typed, meant) => {
  expect(meantOperation(typed)).toBe(meant);
});

test.each(['Login', 'TeamUpdate', 'FolderUpdate'])('%s is right as it is', (name) => {
  expect(meantOperation(name)).toBeUndefined();
});

test.each(['', 'x', 'NewThingFancied', 'story.deleted.for.good.by.an.owner'])('Of %j nothing is said', (name) => {
  expect(meantOperation(name)).toBeUndefined();
});
