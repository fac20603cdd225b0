package request

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/prometheus/common/config"

	"tocsin/notifier"
	"tocsin/notifier/attempt"
	"tocsin/notifier/message"
)

// A Sender tells one service.
type Sender struct {
	settings   Settings
	definition Definition
	maker      *message.Maker
	base       http.RoundTripper
	name       string
}

// New returns a sender.
func New(s Settings, maker *message.Maker) (*Sender, error) {
	definition := s.Own
	if s.Service != "" {
		var err error
		if definition, err = Known(s.Service); err != nil {
			return nil, err
		}
	}
	name := cmp.Or(s.Name, s.Service, "request")
	base, err := attempt.Transport(s.HTTPConfig, name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &Sender{s, definition, maker, base, name}, nil
}

// Send makes one attempt: all calls of the delivery's action, in their order.
func (s *Sender) Send(ctx context.Context, d notifier.Delivery) notifier.Settled {
	end := attempt.Settle(d)
	sheet, secrets, err := s.sheet()
	if err != nil {
		end.Outcome, end.Error = notifier.Refused, s.name+": "+err.Error()
		return end
	}
	requests, m, err := s.requests(ctx, sheet, d)
	if err != nil {
		end.Outcome, end.Error = notifier.Rejected, m.Note(s.name+": "+attempt.Redact(err.Error(), secrets...))
		return end
	}
	end.Outcome = notifier.Delivered
	for n, r := range requests {
		if s.call(ctx, r, secrets, &end); end.Outcome != notifier.Delivered {
			end.Outcome = after(n, end.Outcome)
			break
		}
	}
	end.Error = attempt.Redact(m.Note(end.Error), secrets...)
	return end
}

// after is the outcome of calls of which n were taken before one was not. The
// first brought the news: if the others can't follow now, all are made again; if
// they never can, it was told all the same.
func after(n int, o notifier.Outcome) notifier.Outcome {
	switch {
	case n == 0:
		return o
	case o == notifier.Rejected:
		return notifier.Delivered
	}
	return notifier.Unknown
}

// sheet reads the secrets.
func (s *Sender) sheet() (out sheet, secrets []string, err error) {
	out = sheet{definition: s.definition, values: s.settings.Values, url: s.definition.URL, secrets: map[string]string{}}
	if s.settings.URL.Set() {
		if out.url, err = s.settings.URL.Read(); err != nil {
			return out, nil, fmt.Errorf("URL: %w", err)
		}
		secrets = append(secrets, out.url)
	}
	for name, secret := range sorted(s.settings.Secrets) {
		value, err := secret.Read()
		if err != nil {
			return out, nil, fmt.Errorf("%s: %w", name, err)
		}
		out.secrets[name] = value
		secrets = append(secrets, value)
	}
	return out, secrets, nil
}

// sizes are how many alerts are told, and how long each text of the config may
// get: what comes after the first is for bodies that are too long.
type size struct{ alerts, room int }

func sizes() []size { return []size{{50, 0}, {50, 8000}, {10, 2000}, {2, 500}} }

// requests makes the requests, with as many facts as the service has room for.
func (s *Sender) requests(ctx context.Context, in sheet, d notifier.Delivery) (all []Request, m *message.Message, err error) {
	for _, z := range sizes() {
		m = s.maker.Make(ctx, d, z.alerts)
		in.room = z.room
		if all, err = in.requests(d, m); !errors.Is(err, errTooLong) {
			break
		}
	}
	return all, m, err
}

// call makes one request and writes down how it ended.
func (s *Sender) call(ctx context.Context, r Request, secrets []string, end *notifier.Settled) {
	if _, err := (attempt.Secret{Value: config.Secret(r.URL)}).Address(); err != nil {
		end.Outcome, end.Error = notifier.Rejected, s.name+": "+err.Error()
		return
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		end.Outcome, end.Error = notifier.Rejected, s.name+": "+attempt.Cause(err, secrets...)
		return
	}
	req.Header = r.Header
	if s.settings.Service == "" {
		req.Header.Set("Idempotency-Key", end.ID)
	}
	wire := &attempt.Wire{Base: s.base}
	client := http.Client{Transport: wire, CheckRedirect: attempt.Redirects(s.settings.HTTPConfig)}
	resp, err := client.Do(req)
	if err != nil {
		end.Outcome, end.Error = attempt.Failed(wire.Began()), s.name+": "+attempt.Cause(err, append(secrets, r.URL)...)
		return
	}
	said := wire.Excerpt()
	if resp.StatusCode < http.StatusMultipleChoices {
		b, _ := io.ReadAll(io.LimitReader(resp.Body, longestAnswer))
		said = string(b)
	}
	_ = resp.Body.Close()
	s.definition.judge(answer{resp.StatusCode, resp.Header, said}, end)
	if end.Error != "" {
		end.Error = s.name + ": " + attempt.Redact(end.Error, append(secrets, r.URL)...)
	}
}

// longestAnswer bounds what is read of an answer.
const longestAnswer = 2000
