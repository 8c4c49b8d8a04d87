// While it is down, a client's connect() is refused: BullMQ's workers call it by themselves when they find their connection ended.

export interface Door {
  shut(refusal: () => Error): void
  open(): void
}

export function doorOf(client: { connect(...args: unknown[]): Promise<unknown> }): Door {
  const own = client.connect.bind(client)
  let refusal: (() => Error) | undefined
  client.connect = (...args) => {
    if (refusal === undefined) return own(...args)
    const [callback] = args
    if (typeof callback !== 'function') return Promise.reject(refusal())
    process.nextTick(callback, refusal())
    return Promise.resolve()
  }
  return Object.freeze({
    shut: (why: () => Error) => void (refusal = why),
    open: () => void (refusal = undefined),
  })
}
