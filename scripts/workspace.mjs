// The packages of this workspace, read from their own files.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** `{ folder: 'packages/helo', path, manifest }`, sorted by folder. */
export function workspacePackages() {
  return ['apps', 'examples', 'packages']
    .flatMap((parent) => readdirSync(`${root}${parent}`).map((name) => `${parent}/${name}`))
    .filter((folder) => existsSync(`${root}${folder}/package.json`))
    .map((folder) => ({
      folder,
      path: `${root}${folder}`,
      manifest: JSON.parse(readFileSync(`${root}${folder}/package.json`, 'utf8')),
    }))
}

/** TypeScript files below `folder` (relative to the root), as paths relative to the root. */
export function typescriptFiles(folder) {
  if (!existsSync(`${root}${folder}`)) return []
  return readdirSync(`${root}${folder}`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => `${entry.parentPath.slice(root.length)}/${entry.name}`)
    .sort()
}

/** The `name@version` of every dependency named in the catalog of pnpm-workspace.yaml. */
export function catalogVersion(name) {
  const lines = readFileSync(`${root}pnpm-workspace.yaml`, 'utf8').split('\n')
  const line = lines.find((text) => text.trim().replace(/["']/g, '').startsWith(`${name}: `))
  if (line === undefined) throw new Error(`${name} is not in the catalog`)
  return line.trim().split(': ')[1]
}
