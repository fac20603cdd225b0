// Package heartbeat tells a dead man's switch outside that the daemon is at work,
// by one GET of its address, as healthchecks.io and its like take it. Whether a
// beat is due, and true, is decided elsewhere. The address is a secret: who knows
// it can pretend that all is well.
package heartbeat

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/prometheus/common/config"

	"tocsin/notifier/attempt"
)

// Settings are those of one switch.
type Settings struct {
	URL        attempt.Secret
	HTTPConfig *config.HTTPClientConfig // nil: the defaults
}

// A Sender sends beats. It is safe for concurrent use.
type Sender struct {
	url    attempt.Secret
	client *http.Client
}

// New returns a sender.
func New(s Settings) (*Sender, error) {
	base, err := attempt.Transport(s.HTTPConfig, "heartbeat")
	if err != nil {
		return nil, fmt.Errorf("heartbeat: %w", err)
	}
	return &Sender{s.URL, &http.Client{
		Transport: base,
		// A secret should not travel.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// mostBody is how much of an answer is read, so that its connection can be kept.
const mostBody = 64 << 10

// Send sends one beat within the deadline of ctx. Its error holds no address.
func (s *Sender) Send(ctx context.Context) error {
	address, err := s.url.Address()
	if err != nil {
		return fmt.Errorf("heartbeat URL: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return fmt.Errorf("heartbeat: %s", attempt.Cause(err, address))
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return fmt.Errorf("heartbeat: %s", attempt.Cause(err, address))
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, mostBody))
	_ = resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode >= 300 {
		return fmt.Errorf("heartbeat: answered %s", resp.Status)
	}
	return nil
}
