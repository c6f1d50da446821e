"""Airbyte's acceptance tests, as published, on the image."""

from airbyte_cdk.test.standard_tests.docker_base import DockerConnectorTestSuite


class TestAcceptance(DockerConnectorTestSuite):
    """Reads acceptance-test-config.yml and metadata.yaml of the connector's folder."""
