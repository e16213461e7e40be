import { Observable } from 'rxjs';

/**
 * A hot Observable of work that has begun: `undefined` and the end when it is done, as stock `emit` gives, also to who
 * subscribes later. `unheard` gets a failure that nobody was subscribed to.
 */
export function accepted(work: Promise<unknown>, unheard: (error: unknown) => void): Observable<undefined> {
  let subscribers = 0;
  work.catch((error: unknown) => {
    if (subscribers === 0) unheard(error);
  });
  return new Observable((observer) => {
    subscribers++;
    work.then(
      () => {
        observer.next(undefined);
        observer.complete();
      },
      (error: unknown) => observer.error(error),
    );
  });
}
