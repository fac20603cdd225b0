package unittest

import (
	"bytes"
	"maps"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/rules/file"
)

// record makes of what was sent a list of notifications, for --update.
func (l *life) record() {
	list := make([]file.NotificationCase, 0, len(l.sent))
	for _, s := range l.sent {
		list = append(list, l.caseOf(s))
	}
	l.suite.recorded[l.index] = list
	l.suite.result.Messages += len(list)
}

// caseOf is a message as an expectation. Its time is the beginning of the interval
// in which it was sent, which a change of the grid's phase leaves alone.
func (l *life) caseOf(s *sent) file.NotificationCase {
	at := s.at.Sub(l.Start)
	var names []string
	for _, t := range s.alerts {
		names = append(names, t.labels[model.AlertNameLabel])
	}
	c := file.NotificationCase{From: at.Truncate(max(l.slack(names), time.Second)), To: s.receiver, Why: string(s.why)}
	if len(s.kinds) == 1 {
		c.By = s.kinds[0]
	}
	for _, t := range s.alerts {
		a := file.NotifiedAlert{Is: t.is()}
		if !t.firing {
			a.Reason = string(t.reason)
		}
		a.Alert = t.labels[model.AlertNameLabel]
		a.Labels = maps.Clone(t.labels)
		delete(a.Labels, model.AlertNameLabel)
		if text, ok := t.annotations["summary"]; ok {
			a.Annotations = map[string]string{"summary": text}
		}
		c.Alerts = append(c.Alerts, a)
	}
	return c
}

// keepRecord makes the new text of the file.
func (s *suite) keepRecord() {
	if len(s.recorded) == 0 {
		return
	}
	src, err := s.options.Files.Read(s.Name)
	var now []byte
	if err == nil {
		now, err = file.Record(src, s.recorded)
	}
	if err == nil && !bytes.Equal(src, now) {
		s.result.Recorded = now
	}
	if err != nil {
		s.result.Problems = append(s.result.Problems, file.ProblemIn(s.Name, err))
	}
}
