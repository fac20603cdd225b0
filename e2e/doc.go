// Package e2e holds the end-to-end tests: the tocsin program as a process of
// its own, against a real Prometheus that scrapes an exporter of the test's, and
// servers that speak Slack's API, SMTP and webhooks.
//
// Its folders are the parts of that world. Each is started by a test, listens on
// loopback only and is gone when the test is over.
package e2e
