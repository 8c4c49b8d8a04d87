// Answers that have no end (server-sent events) must not hold a place for ever, and one that was given up must not hear its handler any
// more: both by this one response's own methods.
import type { OutgoingHttpHeader, ServerResponse } from 'node:http'

/** Calls back once, when the head of an event stream is sent. */
export function onceStreaming(response: ServerResponse, fn: () => void): void {
  const own = response.writeHead as (...args: unknown[]) => ServerResponse
  response.writeHead = function (this: ServerResponse, ...args: unknown[]) {
    const result = own.apply(this, args)
    const given = args.find(arg => typeof arg === 'object' && arg !== null)
    if (isEventStream(this.getHeader('content-type') ?? typeIn(given))) fn()
    return result
  }
}

function typeIn(headers: unknown): OutgoingHttpHeader | undefined {
  if (headers === undefined) return undefined
  const pairs = Array.isArray(headers)
    ? Array.isArray(headers[0])
      ? headers
      : inPairs(headers)
    : Object.entries(headers as object)
  return (pairs as [unknown, OutgoingHttpHeader][]).find(([name]) => String(name).toLowerCase() === 'content-type')?.[1]
}

const inPairs = (flat: readonly unknown[]) => flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1]]] : []))

const isEventStream = (type: unknown) => /^\s*text\/event-stream\b/i.test(String(type))

/** It was answered by us: what its handler still writes goes nowhere, and is no error of its own. */
export function mute(response: ServerResponse): void {
  const quiet = () => response
  const swallow = (...args: unknown[]) => {
    const callback = args.find(arg => typeof arg === 'function') as (() => void) | undefined
    if (callback !== undefined) process.nextTick(callback)
  }
  Object.assign(response, {
    setHeader: quiet,
    setHeaders: quiet,
    appendHeader: quiet,
    removeHeader: quiet,
    writeHead: quiet,
    flushHeaders: quiet,
    write(...args: unknown[]) {
      swallow(...args)
      return true
    },
    end(...args: unknown[]) {
      swallow(...args)
      return response
    },
  })
}
