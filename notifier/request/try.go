package request

import (
	"tocsin/notifier"
	"tocsin/notifier/message"
)

// Try renders the requests that a definition of the user's makes of a delivery, as
// a sender would, and returns what fails. It knows no secrets: they are empty.
func Try(own Definition, values map[string]any, d notifier.Delivery, m *message.Message) error {
	s := sheet{definition: own, values: values, url: "https://example.org/", secrets: map[string]string{}}
	_, err := s.requests(d, m)
	return err
}
