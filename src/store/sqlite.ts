// node:sqlite, loaded when the first file is opened: an app that only imports the front door neither pays for it nor sees Node 22's
// warning that it is experimental.
import type { DatabaseSync } from 'node:sqlite'

type Options = ConstructorParameters<typeof DatabaseSync>[1]

export function openDatabase(file: string, options: Options): DatabaseSync {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
  return new DatabaseSync(file, options)
}
