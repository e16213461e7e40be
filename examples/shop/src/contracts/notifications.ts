/** `notifications.list { userId }` gives an array of them; `notification.sent` carries one. */
export interface Notification {
  readonly userId: string;
  readonly to: string;
  readonly text: string;
}
