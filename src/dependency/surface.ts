// An object that is a driver's own to whoever uses it (its methods, its state, instanceof), with some methods in our place. No Proxy: it
// would cost each call. Methods run on the driver itself, so that what they change is changed there.

export function surfaceOf<T extends object>(driver: T, own: Readonly<Record<string, unknown>>): T {
  const surface = Object.create(driver) as Record<PropertyKey, unknown>
  const define = (key: PropertyKey, value: unknown, enumerable = false) =>
    Object.defineProperty(surface, key, { value, writable: true, configurable: true, enumerable })
  for (let from: object | null = driver; from !== null && from !== Object.prototype; from = Object.getPrototypeOf(from))
    for (const key of Reflect.ownKeys(from)) {
      if (key === 'constructor' || Object.hasOwn(surface, key)) continue
      const of = Object.getOwnPropertyDescriptor(from, key)
      if (typeof of?.value !== 'function' || isClass(of.value)) continue
      const own = of.value.bind(driver)
      // `new Pool().on('error', …)` must not lead past us.
      const chained = (...args: unknown[]) => {
        own(...args)
        return surface
      }
      define(key, CHAINED.has(key) ? chained : own)
    }
  for (const [key, value] of Object.entries(own)) define(key, value)
  return surface as T
}

const CHAINED: ReadonlySet<PropertyKey> = new Set(
  'on once addListener prependListener prependOnceListener off removeListener removeAllListeners setMaxListeners'.split(' '),
)

const isClass = (value: unknown) => /^class\b/.test(Function.prototype.toString.call(value))
