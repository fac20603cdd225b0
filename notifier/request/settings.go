package request

import (
	"github.com/prometheus/common/config"

	"tocsin/notifier/attempt"
)

// Settings are those of one integration.
type Settings struct {
	// Service names the definition (pagerduty, discord, …); empty: Own is it.
	Service string
	Own     Definition
	// Name is what errors call it; empty: Service, or "request".
	Name string

	// URL is the address, or the base of one; not set: the service's own.
	URL attempt.Secret
	// Secrets are read at each attempt; templates see them as .Secret.
	Secrets map[string]attempt.Secret
	// Values are the other settings: text, true or false, numbers, lists and
	// mappings. Texts in them are templates. Templates see them as .Set.
	Values map[string]any

	HTTPConfig *config.HTTPClientConfig // nil: the defaults
}
