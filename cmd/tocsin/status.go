package main

import (
	"sync"
	"time"
)

// A reloadStatus is how the last reload went.
type reloadStatus struct {
	mu   sync.Mutex
	good bool
	at   time.Time // of the last success
}

func (s *reloadStatus) set(good bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.good = good; good {
		s.at = time.Now()
	}
}

func (s *reloadStatus) state() (good bool, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.good, s.at
}
