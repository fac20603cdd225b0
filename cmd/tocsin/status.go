package main

import (
	"sync"
	"time"

	"tocsin/rules/file"
)

// A reloadStatus is what there is to say of the configuration in force.
type reloadStatus struct {
	mu     sync.Mutex
	good   bool
	at     time.Time // of the last success
	err    error
	loaded *file.Loaded
}

func (s *reloadStatus) succeeded(l *file.Loaded) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.good, s.at, s.err, s.loaded = true, time.Now(), nil, l
}

func (s *reloadStatus) failed(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.good, s.err = false, err
}

// state returns whether the last reload succeeded, when one last did, and what
// was wrong otherwise.
func (s *reloadStatus) state() (good bool, at time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.good, s.at, s.err
}
