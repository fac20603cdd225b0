// Package report writes what was found in the forms that programs read: JSON,
// annotations of GitHub, Code Quality of GitLab, SARIF.
//
// It is pure: it decides nothing and reads nothing but what it is given.
package report
