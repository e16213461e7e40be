import 'reflect-metadata';
import { askOnce, freeTcpUrl } from './app';

for (const name of ['core', 'memory', 'nestjs', 'tcp']) require(`@rookery/${name}`);

async function main(): Promise<void> {
  for (const url of ['memory:', await freeTcpUrl()]) {
    const sum = await askOnce(url, [1, 2, 3]);
    if (sum !== 6) throw new Error(`${url} answered ${sum}`);
  }
}

void main();
