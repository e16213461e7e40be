import * as cli from '@rookery/cli';
import * as control from '@rookery/control';
import * as core from '@rookery/core';
import * as kafka from '@rookery/kafka';
import * as memory from '@rookery/memory';
import * as nestjs from '@rookery/nestjs';
import * as tcp from '@rookery/tcp';
import * as testing from '@rookery/testing';
import { expect, it } from 'vitest';

it.each(Object.entries({ cli, control, core, kafka, memory, nestjs, tcp, testing }))(
  '%s exports something',
  (_name, exported) => {
    expect(Object.keys(exported)).not.toHaveLength(0);
  },
);
