// Package customer knows who the business serves: customers, whom to speak to there, and
// which services they use, so that an incident can tell who is affected.
//
// A client, a person who signs in for a customer, sees that customer and no other, and not what
// we note about it among ourselves: its description, its account owner, the notes on its contacts.
//
// Services are a room of the same floor, so a customer holds their names, which do not
// change, and asks Services whether they exist.
//
// Tables: customer, customer_service.
package customer
