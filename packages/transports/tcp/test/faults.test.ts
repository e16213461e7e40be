import { faults } from '@rookery/testing';
import { describe, test } from 'vitest';
import { faultSubject } from './fault-subject.js';

faults(faultSubject, { describe: describe.concurrent, test });
