/**
 * Generative perplexity: how likely texts are to a judge.
 *
 * @module
 */

import { FlmError } from "../errors.ts";
import { BATCH_TOKENS } from "../model/score_tokens.ts";
import type { Communicator } from "../system/communicator.ts";
import { beginWork } from "../system/long_work.ts";
import { nextTurn } from "../system/next_turn.ts";
import { shareOut } from "../system/share_out.ts";
import type { Judge } from "./judge.ts";
import { judgeSequences, judgeTokens, sampleText } from "./judge_tokens.ts";
import { addSums, type NllSum, perplexityOf, scoredTokens, sumScored } from "./scored_tokens.ts";

/** Options of {@linkcode scoreTexts}. */
export interface ScoreOptions {
  /**
   * The judge's tokens of a text that are scored at most, from its beginning on; all unless told.
   * The reference takes the model's block length.
   */
  maxTokens?: number;
  /** Tokens, padding included, that the judge gets at once; 4096 unless told. */
  batchTokens?: number;
  /** The processes that score together, each a part of the batches; this one alone unless given. */
  ranks?: Communicator | undefined;
  /** Called with the judge's tokens that are done and to do; at first with none done. */
  onProgress?: (done: number, total: number) => void;
  /** Stops the scoring; it then throws the signal's reason. */
  signal?: AbortSignal;
}

/** What a judge says of one text. */
export interface TextScore extends NllSum {
  /** The judge's tokens of the text, as many as were taken. */
  tokens: Uint32Array;
  /** Characters (code points) of these, as the judge's tokenizer writes them. */
  numCharacters: number;
  /** Sequences in which the judge saw them. */
  numSequences: number;
  /** Whether tokens were left out because of `maxTokens`. */
  truncated: boolean;
  /** Whether the text has nothing but white space to the judge. */
  empty: boolean;
  /** Whether the judge's tokens write the text otherwise, so that it scores another one. */
  altered: boolean;
}

/** What a judge says of texts. */
export interface GenerativePerplexity extends NllSum {
  /** exp of the mean over all tokens that count; null if there are none. */
  perplexity: number | null;
  /**
   * The sum in bits over the characters of the texts in which a token counts, those of a first
   * token that does not count included; null if there are none.
   */
  bitsPerCharacter: number | null;
  /** Texts in all. */
  numTexts: number;
  /** Of these, those with nothing but white space to the judge; what tokens they have count. */
  numEmpty: number;
  /** Those in which no token counts, such as those of one token. */
  numUnscored: number;
  /** Those that are longer than the judge's context and were seen in pieces. */
  numChunked: number;
  /** Those of which only the beginning was scored, because of `maxTokens`. */
  numTruncated: number;
  /**
   * Those that the judge's tokens write otherwise, and which were scored so: a tokenizer of small
   * letters leaves out all else. Empty ones are not among them.
   */
  numAltered: number;
}

/** A sequence for the judge. */
interface Sequence {
  text: number;
  ids: Uint32Array;
}

/**
 * Tokenizes texts anew and has a judge score them, as the reference does: pieces of the judge's
 * context, each by itself; the first EOS of a piece counts and later ones do not; what follows an
 * EOS counts; padding never does. Unlike the reference it leaves no text out. Results do not depend
 * on how texts are batched, but for the rounding of the judge.
 *
 * @returns The scores in the order of the texts.
 * @throws {DataError} if the judge does not take the tokens of its tokenizer.
 * @throws {FlmError} if the judge's likelihood of a text is not a number.
 */
export async function scoreTexts(
  judge: Judge,
  texts: readonly string[],
  options: ScoreOptions = {},
): Promise<TextScore[]> {
  const { maxTokens = Infinity, batchTokens = BATCH_TOKENS, ranks, onProgress, signal } = options;
  const { tokenizer } = judge;
  const sequences: Sequence[] = [];
  const sums: NllSum[][] = texts.map(() => []);
  const scores = texts.map((text, i): Omit<TextScore, keyof NllSum> => {
    const all = judgeTokens(tokenizer, text);
    const tokens = all.subarray(0, maxTokens);
    const pieces = judgeSequences(judge, tokens);
    for (const ids of pieces) if (ids.length > 1) sequences.push({ text: i, ids });
    const seen = tokenizer.decode(tokens);
    const empty = seen.trim() === "";
    return {
      tokens,
      numCharacters: [...seen].length,
      numSequences: pieces.length,
      truncated: tokens.length < all.length,
      empty,
      altered: !empty && sampleText(tokenizer, all) !== text,
    };
  });

  const total = sequences.reduce((sum, { ids }) => sum + ids.length, 0);
  let done = 0;
  using work = onProgress === undefined ? beginWork("score texts", total, "token") : null;
  onProgress?.(done, total);
  const score = async (batch: readonly Sequence[]): Promise<NllSum[]> => {
    signal?.throwIfAborted();
    return await scoreBatch(judge, batch);
  };
  const scored = shareOut(batches(sequences, batchTokens), score, { ranks });
  for await (const [batch, found] of scored) {
    batch.forEach(({ text, ids }, i) => {
      if (!Number.isFinite(found[i]!.nll)) {
        throw new FlmError(
          `The likelihood that the judge ${judge.name} gives text ${text} is not a number. Its ` +
            `weights may be damaged: try another judge, or load it again.`,
        );
      }
      sums[text]!.push(found[i]!);
      done += ids.length;
      work?.add(ids.length);
    });
    onProgress?.(done, total);
    await nextTurn();
  }
  signal?.throwIfAborted();
  return scores.map((score, i) => ({ ...score, ...addSums(sums[i]!) }));
}

/**
 * The scores of texts taken together.
 *
 * @throws {FlmError} if the perplexity is too large for a number.
 */
export function generativePerplexity(scores: readonly TextScore[]): GenerativePerplexity {
  const sum = addSums(scores);
  const count = (is: (score: TextScore) => boolean) => scores.filter(is).length;
  const numCharacters = scores.reduce(
    (total, score) => total + (score.numScored === 0 ? 0 : score.numCharacters),
    0,
  );
  const perplexity = perplexityOf(sum);
  if (perplexity === Infinity) {
    throw new FlmError(
      `The judge gives the texts ${sum.nll / sum.numScored} nats a token, a perplexity too large ` +
        `for a number. Its weights may be damaged: try another judge, or load it again.`,
    );
  }
  return {
    perplexity,
    bitsPerCharacter: numCharacters === 0 ? null : sum.nll / Math.LN2 / numCharacters,
    ...sum,
    numTexts: scores.length,
    numEmpty: count(({ empty }) => empty),
    numUnscored: count(({ numScored }) => numScored === 0),
    numChunked: count(({ numSequences }) => numSequences > 1),
    numTruncated: count(({ truncated }) => truncated),
    numAltered: count(({ altered }) => altered),
  };
}

/** Sequences of like length together, the longest first: what does not fit is known at once. */
function* batches(sequences: readonly Sequence[], batchTokens: number): Generator<Sequence[]> {
  const sorted = [...sequences].sort((a, b) => b.ids.length - a.ids.length);
  for (let first = 0; first < sorted.length;) {
    const rows = Math.max(1, Math.floor(batchTokens / sorted[first]!.ids.length));
    yield sorted.slice(first, first + rows);
    first += rows;
  }
}

/** The sums of a batch's sequences, which are padded on the right. */
async function scoreBatch(judge: Judge, batch: readonly Sequence[]): Promise<NllSum[]> {
  const { eosId } = judge.tokenizer;
  const length = batch[0]!.ids.length;
  const ids = new Uint32Array(batch.length * length).fill(eosId);
  batch.forEach((each, row) => ids.set(each.ids, row * length));
  const nll = await judge.score(ids, length);
  return batch.map((each, row) =>
    sumScored(
      nll.subarray(row * (length - 1), (row + 1) * (length - 1)),
      scoredTokens(each.ids, eosId),
    )
  );
}
