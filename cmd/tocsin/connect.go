package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/prometheus/common/model"
	"github.com/prometheus/common/version"

	"tocsin/engine"
	"tocsin/engine/live"
	"tocsin/evaluator"
	"tocsin/evaluator/promapi"
	"tocsin/notifier/attempt"
	"tocsin/notifier/chart"
	"tocsin/notifier/email"
	"tocsin/notifier/message"
	"tocsin/notifier/slack"
	"tocsin/notifier/webhook"
	"tocsin/rules/file"
)

// connect builds the sources and senders of a configuration. Nothing is asked
// or sent by it. With senders, they take the place of the real ones.
func connect(l *file.Loaded, instead func(*message.Maker) engine.Sender) (live.World, error) {
	w := live.World{Sources: map[string]engine.Source{}, Senders: map[string]engine.Sender{}}
	rangers := map[string]engine.Ranger{}
	closers, err := connectSources(l, w.Sources, rangers)
	w.Close = func() {
		for _, c := range closers {
			c()
		}
	}
	if err != nil {
		w.Close()
		return live.World{}, err
	}
	maker, err := newMaker(l, w.Sources)
	if err == nil && instead != nil {
		replaceSenders(l, instead(maker), w.Senders)
	} else if err == nil {
		err = connectSenders(l, maker, newCharter(l, rangers), w.Senders)
		if err == nil {
			w.Heartbeat, err = connectHeartbeat(l)
		}
	}
	if err != nil {
		w.Close()
		return live.World{}, err
	}
	return w, nil
}

// chartBytes is how large an answer for a chart may be: it holds a few series.
const chartBytes = 16 << 20

// connectSources makes each source twice: once for the evaluation, and once, of
// modest size, for charts, so that neither can hold up the other.
func connectSources(l *file.Loaded, into map[string]engine.Source, charts map[string]engine.Ranger) (closers []func(), err error) {
	for _, s := range l.Sources {
		o := promapi.Options{
			Name: s.Name, URLs: s.URLs, HTTP: s.HTTP, Timeout: s.Timeout, UserAgent: "tocsin/" + version.Version,
		}
		source, err := promapi.New(o)
		if err != nil {
			return closers, fmt.Errorf("source %q: %w", s.Name, err)
		}
		into[s.Name] = source
		closers = append(closers, source.Close)
		o.MaxBytes = chartBytes
		ranger, err := promapi.New(o)
		if err != nil {
			return closers, fmt.Errorf("source %q: %w", s.Name, err)
		}
		charts[s.Name] = ranger
		closers = append(closers, ranger.Close)
	}
	return closers, nil
}

// newMaker returns what words messages: it asks the sources what templates want
// to know.
func newMaker(l *file.Loaded, sources map[string]engine.Source) (*message.Maker, error) {
	s := message.Settings{ExternalURL: l.ExternalURL, ExternalLabels: l.Core.ExternalLabels, SourceURLs: map[string]string{}}
	for _, src := range l.Sources {
		s.SourceURLs[src.Name] = src.URLs[0]
	}
	for _, t := range l.Templates {
		s.Templates = append(s.Templates, message.File{Name: t.Name, Text: t.Text})
	}
	renderer, err := message.New(s)
	if err != nil {
		return nil, err
	}
	return message.NewMaker(renderer, func(ctx context.Context, source, expr string, at model.Time) evaluator.Answer {
		src := sources[source]
		if src == nil {
			return evaluator.Answer{Outcome: evaluator.BadQuery, Error: fmt.Sprintf("no source %q", source)}
		}
		return src.Ask(ctx, engine.Ask{Source: source, Expr: expr, At: at})
	}), nil
}

func replaceSenders(l *file.Loaded, s engine.Sender, into map[string]engine.Sender) {
	for _, r := range l.Core.Receivers {
		for _, in := range r.Integrations {
			into[in.Key] = s
		}
	}
}

func connectSenders(l *file.Loaded, maker *message.Maker, charter *chart.Charter, into map[string]engine.Sender) error {
	secret := func(s file.Secret) attempt.Secret { return secretIn(l.Dir, s) }
	for key, c := range l.Slack {
		settings := slackSettings(c, secret)
		if c.Chart {
			settings.Chart = charter.Chart
		}
		s, err := slack.New(settings, maker)
		if err != nil {
			return fmt.Errorf("slack receiver: %w", err)
		}
		into[key] = s
	}
	for key, c := range l.Webhook {
		s, err := webhook.New(webhook.Settings{
			URL: secret(c.URL), Secret: secret(c.Secret), MaxAlerts: c.MaxAlerts, Payload: c.Payload, HTTPConfig: c.HTTP,
		}, maker)
		if err != nil {
			return fmt.Errorf("webhook receiver: %w", err)
		}
		into[key] = s
	}
	for key, c := range l.Email {
		settings := mailSettings(c, secret)
		if c.Chart {
			settings.Chart = charter.Chart
		}
		s, err := email.New(settings, maker)
		if err != nil {
			return fmt.Errorf("email receiver: %w", err)
		}
		into[key] = s
	}
	return connectRequests(l, maker, into)
}

func mailSettings(c file.EmailConfig, secret func(file.Secret) attempt.Secret) email.Settings {
	modes := map[file.TLSMode]email.TLS{
		file.StartTLS: email.StartTLS, file.ImplicitTLS: email.Implicit, file.PlainText: email.Plain,
	}
	return email.Settings{
		To: c.To, From: c.From, Smarthost: c.Smarthost, Hello: c.Hello,
		Username: c.Username, Identity: c.Identity,
		Password: secret(c.Password), Secret: secret(c.Secret), Token: secret(c.Token),
		TLS: modes[c.TLS], TLSConfig: c.TLSConfig, Headers: c.Headers, HTML: c.HTML, Text: c.Text, Stateful: c.StatefulSubject,
	}
}

// secretIn finds a secret's file from the config's folder.
func secretIn(dir string, s file.Secret) attempt.Secret {
	out := attempt.Secret{Value: s.Value, File: s.File}
	if s.File != "" && !filepath.IsAbs(s.File) {
		out.File = filepath.Join(dir, s.File)
	}
	return out
}
