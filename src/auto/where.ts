// What a pool or client is connected to, as a name: two pools of one database have one place and two names.

const used = new Map<string, number>()

/** 'postgres:shop@db.example.com:5432', and from the second one on '…#2'. */
export function nameFor(kind: string, place: string): string {
  const name = place === '' ? kind : `${kind}:${place}`
  const count = (used.get(name) ?? 0) + 1
  used.set(name, count)
  return count === 1 ? name : `${name}#${count}`
}

interface Settings {
  readonly host?: unknown
  readonly port?: unknown
  readonly database?: unknown
  readonly connectionString?: unknown
}

export function postgresPlace({ host, port, database, connectionString }: Settings): string {
  const env = process.env
  const url = urlOf(connectionString)
  const of = (given: unknown, fromUrl: string | undefined, otherwise: string) => String(given || fromUrl || otherwise)
  return placeOf(
    of(database, url?.pathname.slice(1), env['PGDATABASE'] ?? env['PGUSER'] ?? env['USER'] ?? 'postgres'),
    of(host, url?.hostname, env['PGHOST'] ?? 'localhost'),
    of(port, url?.port, env['PGPORT'] ?? '5432'),
  )
}

export function mysqlPlace({ host, port, database }: Settings): string {
  return placeOf(String(database ?? ''), String(host ?? 'localhost'), String(port ?? 3306))
}

export function ioredisPlace({ host, port, db, path }: Settings & { readonly db?: unknown; readonly path?: unknown }): string {
  return path ? String(path).replaceAll('/', '_') : placeOf(String(db ?? 0), String(host ?? 'localhost'), String(port ?? 6379))
}

export function nodeRedisPlace(
  options: { readonly url?: unknown; readonly socket?: Settings; readonly database?: unknown } = {},
): string {
  const url = urlOf(options.url)
  return placeOf(
    String(options.database ?? (url?.pathname.slice(1) || 0)),
    String(options.socket?.host ?? (url?.hostname || 'localhost')),
    String(options.socket?.port ?? (url?.port || 6379)),
  )
}

/** Without a slash: it stands in paths. */
function placeOf(what: string, host: string, port: string): string {
  return `${what === '' ? '' : `${what}@`}${host}:${port}`.replaceAll('/', '_')
}

const urlOf = (given: unknown) => (typeof given === 'string' && URL.canParse(given) ? new URL(given) : undefined)
