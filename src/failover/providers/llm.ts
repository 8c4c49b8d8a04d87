// llm(client): an OpenAI-compatible model through the official SDK, as it is, its retries turned off for each request. Streaming: the call
// resolves with the first token; until then another provider may take over, after it none does: half an answer of each helps nobody.
import type { Judgement } from '../../core/index.ts'
import { judgeCommon, judgeStatus, MAYBE, NO, NOT_DONE, OK } from '../judge.ts'
import type { Provider, ProviderCall } from '../provider.ts'

export interface Prompt {
  readonly messages: readonly { readonly role: string; readonly content: string }[]
  /** Of the provider's own, where llm() names none. */
  readonly model?: string
  readonly temperature?: number
  readonly max_completion_tokens?: number
}

export interface Told {
  readonly provider: string
  /** All of it; '' while it streams. */
  readonly text: string
  /** For operation 'stream': the tokens as they come. An error in it is the reader's: there is no failover after the first token. */
  readonly stream?: AsyncIterable<string>
}

/** What is used of the SDK's client. */
export interface LlmClient {
  readonly chat: { readonly completions: { create(params: never, options: never): PromiseLike<unknown> } }
  readonly models?: { list(options: never): PromiseLike<unknown> }
}

export interface LlmOptions {
  readonly name: string
  /** This provider's model, whatever the prompt says. */
  readonly model?: string
}

interface Chunk {
  readonly choices?: readonly {
    readonly delta?: { readonly content?: string | null }
    readonly message?: { readonly content?: string | null }
  }[]
}

/** Operations: chat, stream. */
export function llm(client: LlmClient, { name, model }: LlmOptions): Provider<Prompt, Told> {
  function judgeError(error: unknown): Judgement {
    const { status, headers } = error as { status?: number; headers?: { get?(name: string): string | null } }
    // A model or key that this provider does not have: another may.
    if (status === 401 || status === 403 || status === 404) return NOT_DONE
    if (status !== undefined)
      return status === 400 || status === 422 ? NO : judgeStatus(status, after(headers?.get?.('retry-after')))
    return judgeCommon(error) ?? MAYBE
  }

  async function call(operation: string, prompt: Prompt, at: ProviderCall): Promise<Told> {
    const params = { ...prompt, model: model ?? prompt.model }
    if (operation === 'chat') {
      const answer = (await client.chat.completions.create(
        params as never,
        { maxRetries: 0, signal: at.signal } as never,
      )) as Chunk
      return { provider: name, text: answer.choices?.[0]?.message?.content ?? '' }
    }
    if (operation !== 'stream') throw new TypeError(`${name}: there is no operation ${operation}; there are chat and stream`)
    const stream = (await client.chat.completions.create(
      { ...params, stream: true } as never,
      { maxRetries: 0, signal: at.signal } as never,
    )) as AsyncIterable<Chunk>
    const chunks = stream[Symbol.asyncIterator]()
    const first = await nextToken(chunks)
    return toldOf(name, first, chunks)
  }

  return Object.freeze({
    name,
    card: { keyTtl: 0, keyMaxLength: 255, replaysErrors: false },
    judge: answer => ('error' in answer ? judgeError(answer.error) : OK),
    call,
    ...(client.models === undefined
      ? {}
      : { health: async (at: ProviderCall) => client.models!.list({ maxRetries: 0, signal: at.signal } as never) }),
  } satisfies Provider<Prompt, Told>)
}

/** Undefined: it has ended without one. */
async function nextToken(chunks: AsyncIterator<Chunk>): Promise<string | undefined> {
  for (;;) {
    const { done, value } = await chunks.next()
    if (done === true) return undefined
    const token = (value as Chunk).choices?.[0]?.delta?.content
    if (typeof token === 'string' && token !== '') return token
  }
}

function toldOf(provider: string, first: string | undefined, chunks: AsyncIterator<Chunk>): Told {
  async function* tokens() {
    try {
      for (let token = first; token !== undefined; token = await nextToken(chunks)) yield token
    } finally {
      await chunks.return?.()
    }
  }
  const told: Told = { provider, text: '', stream: tokens() }
  // What the ledger keeps: that there was one.
  return Object.defineProperty(told, 'toJSON', { value: () => ({ provider, text: '', streamed: true }) })
}

const after = (value: string | null | undefined) =>
  value === null || value === undefined || !Number.isFinite(Number(value)) ? undefined : Number(value) * 1_000
