/** How a secret may look in a text. */
export interface SecretForm {
  /** In lower case (ASCII): names of hosts are told so, Base64 in them, too. */
  readonly text: string;
  /**
   * `anywhere`: also inside of a word, in whichever case. `word`: as a whole word. `base64`: within a run of Base64, which
   * is hidden whole.
   */
  readonly kind: 'anywhere' | 'word' | 'base64';
}

/**
 * A secret of one character can't be kept by masking: it would only make the log unreadable. An empty one is none.
 */
const SHORTEST_SECRET = 2;
/** Up to this length a form is masked as a whole word only: it stands inside of many others. */
const LONGEST_WORD = 2;
/** A line of a longer secret that is shorter than this says too little. */
const SHORTEST_LINE = 4;
/** Base64 that is shorter than this stands in many words. */
const SHORTEST_BASE64 = 4;

/** A shorter secret in hexadecimal stands in many numbers. */
const SHORTEST_HEX = 4;

/** A URL that ends after its scheme says nothing, and would be masked in every other. */
const SCHEME = /^[a-z][a-z0-9+.-]*:\/\/$/i;

/** All forms of a secret. */
export function formsOf(secret: string): readonly SecretForm[] {
  if (secret.trim() === '' || SCHEME.test(secret.trim())) return [];
  const wholes = [secret, secret.trim(), ...passwordsOf(secret)];
  const texts = [...[...wholes, ...linesOf(secret)].flatMap(textsOf), ...wholes.flatMap(hexOf)];
  const base64 = wholes.flatMap(base64Of).map(lowerCase);
  return [
    ...unique(texts.map(lowerCase))
      .filter(({ length }) => length >= SHORTEST_SECRET)
      .map((text): SecretForm => ({ text, kind: text.length > LONGEST_WORD ? 'anywhere' : 'word' })),
    ...unique(base64).map((text): SecretForm => ({ text, kind: 'base64' })),
  ];
}

/** Lower case in ASCII: the text stays as long as it is. */
export function lowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** A text as it is, inside of JSON, of JSON in JSON, of JSON in ASCII, and of a URL. */
function textsOf(text: string): string[] {
  const json = insideJson(text);
  return [text, json, insideJson(json), asciiOf(json), ...uriForms(text), formValue(text)];
}

function insideJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function asciiOf(json: string): string {
  return json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function hexOf(text: string): string[] {
  return text.length < SHORTEST_HEX ? [] : [Buffer.from(text).toString('hex')];
}

function uriForms(text: string): string[] {
  try {
    return [encodeURIComponent(text), encodeURI(text)];
  } catch {
    // A lone surrogate has no such form.
    return [];
  }
}

function formValue(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}

/** The lines of a secret that has several, as a key in PEM has; not those that only say what it is. */
function linesOf(secret: string): string[] {
  const lines = secret.split(/\r?\n|\\n/).map((line) => line.trim());
  if (lines.length === 1) return [];
  return lines.filter((line) => line.length >= SHORTEST_LINE && !/^-+(BEGIN|END) [A-Z0-9 ]+-+$/.test(line));
}

/** The password of a URL, such as that of a proxy. */
function passwordsOf(secret: string): string[] {
  if (!URL.canParse(secret)) return [];
  const { password } = new URL(secret);
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}

/**
 * The digits of Base64 that a text leaves in a longer one, as a password does behind a user's name (Basic auth): three,
 * by where it begins; the digits at its ends, which it shares with its neighbours, are left out.
 */
function base64Of(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((before) => {
    const digits = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const own = digits.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
    return own.length < SHORTEST_BASE64 ? [] : [own, own.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
