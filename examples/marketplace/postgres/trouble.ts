// What keeps PostgreSQL from starting here, told in one line, with the mend.

export class DatabaseError extends Error {
  override readonly name = 'DatabaseError'
  readonly mend: string
  constructor(message: string, mend: string) {
    super(message)
    this.mend = mend
  }
}
