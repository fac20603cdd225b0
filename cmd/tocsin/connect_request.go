package main

import (
	"fmt"
	"time"

	"tocsin/engine"
	"tocsin/notifier/alertmanager"
	"tocsin/notifier/attempt"
	"tocsin/notifier/message"
	"tocsin/notifier/request"
	"tocsin/rules"
	"tocsin/rules/file"
)

// connectRequests builds the senders of receivers that are requests, and of
// Alertmanagers.
func connectRequests(l *file.Loaded, maker *message.Maker, into map[string]engine.Sender) error {
	for key, c := range l.Requests {
		s, err := request.New(requestSettings(c, l.Dir), maker)
		if err != nil {
			return fmt.Errorf("receiver of requests: %w", err)
		}
		into[key] = s
	}
	for key, c := range l.Alertmanagers {
		s, err := alertmanager.New(alertmanager.Settings{
			URLs: c.URLs, Hold: alertmanager.Hold(c.Resend, longestInterval(l.Core.Rules)), Severity: l.Core.Severity,
			Timeout: c.Timeout, HTTPConfig: c.HTTP,
		}, maker)
		if err != nil {
			return fmt.Errorf("receiver of alerts: %w", err)
		}
		into[key] = s
	}
	return nil
}

func requestSettings(c file.RequestConfig, dir string) request.Settings {
	s := request.Settings{
		Service: c.Service, Name: c.Name, URL: secretIn(dir, c.URL), Secrets: map[string]attempt.Secret{}, Values: c.Values,
		Own:        request.Definition{Raise: calls(c.Own.Raise), Update: calls(c.Own.Update), Resolve: calls(c.Own.Resolve)},
		HTTPConfig: c.HTTP,
	}
	for name, secret := range c.Secrets {
		s.Secrets[name] = secretIn(dir, secret)
	}
	return s
}

func calls(c *file.RequestCall) []request.Call {
	if c == nil {
		return nil
	}
	return []request.Call{request.NewCall(c.Method, c.URL, c.Headers, c.Body)}
}

// longestInterval is that of the rule that is evaluated least often.
func longestInterval(all []*rules.Rule) (longest time.Duration) {
	for _, r := range all {
		longest = max(longest, r.Interval)
	}
	return longest
}
