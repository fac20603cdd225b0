package slacktest

import (
	"encoding/json"
	"fmt"
	"strings"
)

// element is any element that can be pressed: the union of the fields that we
// know.
type element struct {
	Type        string   `json:"type"`
	ActionID    string   `json:"action_id"`
	Text        *text    `json:"text"`
	Value       string   `json:"value"`
	URL         string   `json:"url"`
	Style       string   `json:"style"`
	Placeholder *text    `json:"placeholder"`
	Options     []option `json:"options"`
}

type option struct {
	Text        text   `json:"text"`
	Value       string `json:"value"`
	Description *text  `json:"description"`
}

// strict decodes JSON and refuses fields that Slack does not know.
func strict(raw json.RawMessage, into any) error {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

func (b block) actions(sum *int) error {
	if len(b.Elements) == 0 || len(b.Elements) > maxActions {
		return fmt.Errorf("actions have 1 to %d elements", maxActions)
	}
	seen := map[string]bool{}
	for _, raw := range b.Elements {
		var e element
		if err := strict(raw, &e); err != nil {
			return err
		}
		if length(e.ActionID) > maxID || e.ActionID != "" && seen[e.ActionID] {
			return fmt.Errorf("action_id %q is too long or there twice", e.ActionID)
		}
		seen[e.ActionID] = true
		if err := e.check(sum); err != nil {
			return err
		}
	}
	return nil
}

func (e element) check(sum *int) error {
	switch e.Type {
	case "button":
		return e.button(sum)
	case "static_select":
		if e.Placeholder == nil || len(e.Options) == 0 || len(e.Options) > maxOptions {
			return fmt.Errorf("a menu needs a placeholder and 1 to %d options", maxOptions)
		}
		if err := e.Placeholder.plain(maxPlace, sum); err != nil {
			return err
		}
	case "overflow":
		if len(e.Options) == 0 || len(e.Options) > maxOverflow {
			return fmt.Errorf("an overflow menu has 1 to %d options", maxOverflow)
		}
	default:
		return fmt.Errorf("unsupported type of element: %q", e.Type)
	}
	for _, o := range e.Options {
		if err := o.check(sum); err != nil {
			return err
		}
	}
	return nil
}

func (e element) button(sum *int) error {
	switch {
	case e.Text == nil:
		return fmt.Errorf("a button needs text")
	case length(e.URL) > maxURL || length(e.Value) > maxValue:
		return fmt.Errorf("url or value of a button is too long")
	case e.Style != "" && e.Style != "primary" && e.Style != "danger":
		return fmt.Errorf("unsupported style: %q", e.Style)
	}
	return e.Text.plain(maxButton, sum)
}

func (o option) check(sum *int) error {
	if o.Value == "" || length(o.Value) > maxOption {
		return fmt.Errorf("the value of an option has 1 to %d characters", maxOption)
	}
	return o.Text.plain(maxButton, sum)
}

// plain checks a text that can't be mrkdwn.
func (t text) plain(most int, sum *int) error {
	if t.Type != "plain_text" {
		return fmt.Errorf("plain_text is needed, not %q", t.Type)
	}
	return t.check(most, sum)
}
