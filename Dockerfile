FROM python:3.12-slim

WORKDIR /opt/pulsetrain
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY simulator simulator
COPY scenarios scenarios
COPY loadtests loadtests
RUN pip install --no-cache-dir --disable-pip-version-check -c constraints.txt '.[consumers,formats,load]' \
    && useradd --create-home pulsetrain

# What a run or a consumer writes goes to the home of a user who may write nowhere else.
USER pulsetrain
WORKDIR /home/pulsetrain
ENTRYPOINT ["pulsetrain"]
CMD ["run", "sepsis"]
