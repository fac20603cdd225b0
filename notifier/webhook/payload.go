package webhook

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/prometheus/alertmanager/template"

	"tocsin/notifier"
	"tocsin/notifier/message"
)

// mostPayload is how many alerts a payload of the user's sees if max_alerts does
// not say: unlike our own body it is made of all of them at once.
const mostPayload = 5000

// Payload makes the user's own body: a value whose words are templates, as
// Alertmanager has it. A word that comes out as YAML or JSON other than a word, such
// as 12, true or a list, is put in as that; an empty one is null.
func Payload(value any, m *message.Message) ([]byte, error) {
	made, err := template.DeepCopyWithTemplate(value, m.Texts(nil))
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(made)
	if err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	return body, nil
}

// body is the user's own, or ours if there is none or it fails; the error is noted
// with the message.
func (s *Sender) body(ctx context.Context, d notifier.Delivery) (parts, *message.Message, error) {
	if s.settings.Payload == nil {
		return s.build(ctx, d)
	}
	most := s.settings.MaxAlerts
	if most == 0 {
		most = mostPayload
	}
	m := s.maker.Make(ctx, d, most)
	own, wrong := Payload(s.settings.Payload, m)
	if wrong == nil {
		return parts{own}, m, nil
	}
	body, m, err := s.build(ctx, d)
	m.Errors = append(m.Errors, fmt.Errorf("webhook payload: %w", wrong))
	return body, m, err
}
