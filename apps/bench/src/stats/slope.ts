/** The straight line nearest to some points (least squares), of which only the steepness is asked. */
export function slope(points: readonly { readonly x: number; readonly y: number }[]): number {
  if (points.length < 2) throw new RangeError('a slope needs two points')
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / points.length
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / points.length
  const xy = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0)
  const xx = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0)
  return xy / xx
}
