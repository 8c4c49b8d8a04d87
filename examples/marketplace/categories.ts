// What a listing can be, and in which shape.

export const CATEGORIES: Readonly<Record<string, string>> = Object.freeze({
  home: 'Home',
  music: 'Music',
  tech: 'Tech',
  outdoors: 'Outdoors',
  clothes: 'Clothes',
  books: 'Books & toys',
})
export const CONDITIONS: readonly string[] = Object.freeze(['Like new', 'Good', 'Well used', 'For repair'])
