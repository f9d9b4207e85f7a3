"""What is kept between requests, always bounded."""
