package main

import (
	"tocsin/engine/live"
	"tocsin/notifier/heartbeat"
	"tocsin/rules/file"
)

// connectHeartbeat builds what tells a dead man's switch that the daemon is at
// work; nil if there is none.
func connectHeartbeat(l *file.Loaded) (*live.Heartbeat, error) {
	h := l.Heartbeat
	if h == nil {
		return nil, nil
	}
	sender, err := heartbeat.New(heartbeat.Settings{URL: secretIn(l.Dir, h.URL), HTTPConfig: h.HTTP})
	if err != nil {
		return nil, err
	}
	return &live.Heartbeat{Every: h.Every, Timeout: h.Timeout, Send: sender.Send}, nil
}
