/** Shorter parts of a secret are no find: they stand in other words, too. */
const SHORTEST_PART = 8;
/** How much of a text around a find is shown, in characters. */
const SHOWN_AROUND = 60;

/** A secret that was found where none may be. */
export interface Find {
  /** Which form of it, such as `hex of the first half`. */
  readonly form: string;
  /** The text around it. */
  readonly around: string;
}

/**
 * A search for secrets in all that a process has written, in every form that a server, a library or a log gives them: as
 * they are, in a URL, in JSON, in Base64 at each of its three alignments, in hexadecimal, and halves of all of these.
 * Upper and lower case are the same.
 */
export class SecretSearch {
  readonly #forms: readonly (readonly [text: string, form: string])[];

  constructor(secrets: readonly string[]) {
    const all = new Map(secrets.flatMap(partsOf).flatMap(([text, part]) => formsOf(text, part)));
    this.#forms = [...all].filter(([text]) => text.length >= SHORTEST_PART);
  }

  /** The first secret in a text. */
  findIn(text: string): Find | undefined {
    const lower = text.toLowerCase();
    for (const [form, name] of this.#forms) {
      const at = lower.indexOf(form);
      if (at === -1) continue;
      return { form: name, around: text.slice(Math.max(0, at - SHOWN_AROUND), at + form.length + SHOWN_AROUND) };
    }
    return undefined;
  }
}

type Named = readonly [text: string, name: string];

function partsOf(secret: string): Named[] {
  const half = Math.floor(secret.length / 2);
  return [
    [secret, 'the secret'],
    [secret.slice(0, half), 'the first half'],
    [secret.slice(half), 'the second half'],
  ];
}

/** In lower case. */
function formsOf(part: string, name: string): Named[] {
  if (part.length < SHORTEST_PART) return [];
  const json = insideJson(part);
  const forms: Named[] = [
    [part, `${name} as it is`],
    [encodeURIComponent(part), `${name} in a URL`],
    [encodeURI(part), `${name} in a URL`],
    [new URLSearchParams([['', part]]).toString().slice(1), `${name} in a form`],
    [percentAll(part), `${name} in a URL, each byte of it`],
    [json, `${name} in JSON`],
    [insideJson(json), `${name} in JSON in JSON`],
    [escapedAll(part), `${name} in JSON, each character of it`],
    [Buffer.from(part).toString('hex'), `hex of ${name}`],
    ...base64Of(part).map((digits): Named => [digits, `Base64 of ${name}`]),
  ];
  return forms.map(([text, form]) => [text.toLowerCase(), form]);
}

const insideJson = (text: string): string => JSON.stringify(text).slice(1, -1);

const percentAll = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

const escapedAll = (text: string): string =>
  Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');

/** The digits that depend on nothing but the text, behind none, one and two bytes of something else. */
function base64Of(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((before) => {
    const digits = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const own = digits.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
