package main

import (
	"time"

	"github.com/prometheus/common/config"

	"tocsin/engine/live"
	"tocsin/notifier/attempt"
	"tocsin/notifier/heartbeat"
)

// newHeartbeat builds what tells a dead man's switch that the daemon is at work.
func newHeartbeat(url attempt.Secret, every, timeout time.Duration, http *config.HTTPClientConfig) (*live.Heartbeat, error) {
	sender, err := heartbeat.New(heartbeat.Settings{URL: url, HTTPConfig: http})
	if err != nil {
		return nil, err
	}
	return &live.Heartbeat{Every: every, Timeout: timeout, Send: sender.Send}, nil
}
