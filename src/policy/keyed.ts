// State kept by key (host, tenant, role), bounded in number. Who comes when it is full takes the place of one that has had no call lately
// and may be forgotten; when none may, the newcomers share one.

export class Keyed<S extends { readonly key: string }> {
  readonly #of = new Map<string, { readonly state: S; used: boolean }>()
  readonly #make: (key: string) => S
  readonly #mayGo: (state: S) => boolean
  #last: S
  #shared: S | undefined
  max: number

  constructor({
    first,
    max,
    make,
    mayGo,
  }: { first: string; max: number; make: (key: string) => S; mayGo: (state: S) => boolean }) {
    this.#make = make
    this.#mayGo = mayGo
    this.max = max
    this.#last = make(first)
    this.#of.set(first, { state: this.#last, used: true })
  }

  of(key: string): S {
    return key === this.#last.key ? this.#last : (this.#last = this.#find(key))
  }

  /** Without making one. */
  peek(key: string): S | undefined {
    return this.#of.get(key)?.state
  }

  all(): readonly S[] {
    const states = [...this.#of.values()].map(({ state }) => state)
    return this.#shared === undefined ? states : [...states, this.#shared]
  }

  #find(key: string): S {
    const known = this.#of.get(key)
    if (known !== undefined) {
      known.used = true
      return known.state
    }
    if (this.#of.size >= this.max && !this.#makeRoom()) return (this.#shared ??= this.#make('*'))
    const state = this.#make(key)
    this.#of.set(key, { state, used: true })
    return state
  }

  /** Second chance: who was used since the last look is passed over once. */
  #makeRoom(): boolean {
    for (let looked = 0, most = 2 * this.#of.size; looked < most; looked++) {
      const [key, entry] = this.#of.entries().next().value!
      this.#of.delete(key)
      if (!entry.used && entry.state !== this.#last && this.#mayGo(entry.state)) return true
      entry.used = false
      this.#of.set(key, entry)
    }
    return false
  }
}
