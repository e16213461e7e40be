/** `notifications.list { userId }` gives an array of them; `notification.sent` carries one. */
export interface Notification {
  readonly userId: string;
  readonly to: string;
  readonly text: string;
}

/** `notifications.flaky` takes and gives it: the share of the mails, from 0 to 1, that fail. */
export interface MailerState {
  readonly failing: number;
}
