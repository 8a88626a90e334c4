import { integrateAddWords } from './add-words.ts';
import { integrateExchangeWords } from './exchange-words.ts';
import { frameFieldsWords } from './inspect-field-words.ts';
import { integrateInspectWords } from './inspect-words.ts';
import { integrateLettersWords } from './letters-words.ts';
import { integrateLinksWords } from './links-words.ts';
import { integrateStrangersWords } from './strangers-words.ts';
import { typeKeysWords } from './types-key-words.ts';
import { integrateTypesWords } from './types-words.ts';

/** The words of the parts of this screen, by their namespace. */
export const integratePartWords = {
  integrateAdd: integrateAddWords,
  integrateLinks: integrateLinksWords,
  integrateStrangers: integrateStrangersWords,
  integrateLetters: integrateLettersWords,
  integrateExchange: integrateExchangeWords,
  integrateInspect: integrateInspectWords,
  integrateTypes: integrateTypesWords,
  typeKeys: typeKeysWords,
  frameFields: frameFieldsWords,
} as const;
