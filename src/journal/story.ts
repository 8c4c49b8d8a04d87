export const story = (e: { name: string }) => e.name
