/** Imports a transport: those that are installed beside this package, which names them as its optional peers. */
export const importPackage = (name: string): Promise<unknown> => import(name);
