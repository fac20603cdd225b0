// Package page is the demo's one page: the made-up service with its switches,
// the rules against their thresholds, the alerts, and the Slack messages and
// mails as people would see them. It only shows; what it shows is given to it.
package page
