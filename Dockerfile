# The portal in production shape; docker-compose.yml runs it as web, gateway, worker and beat.
FROM python:3.13-slim AS build
WORKDIR /app
COPY requirements requirements
RUN python -m pip install --no-cache-dir --require-hashes -r requirements/bootstrap.txt \
 && uv venv /venv && uv pip install --python /venv/bin/python --require-hashes -r requirements/run.txt \
 && uv venv /tools && uv pip install --python /tools/bin/python --require-hashes -r requirements/embedded.txt
COPY package.json package-lock.json .npmrc ./
COPY cpms cpms
COPY static static
RUN /tools/bin/python -m cpms.assets

FROM python:3.13-slim
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 HOST=0.0.0.0 PORT=8000 \
    CPMS_PRODUCTION=1 CPMS_STATIC_ROOT=/app/collected CPMS_MEDIA_ROOT=/data/media
COPY --from=build /venv /venv
COPY . .
COPY --from=build /app/static/vendor static/vendor
# Collecting needs settings, not servers; the secret of this one step is nobody's.
RUN CPMS_SECRET_KEY=only-for-collecting-static-files-while-the-image-is-built CPMS_ALLOWED_HOSTS=localhost \
    sh -c 'python manage.py messages --compile && python manage.py collectstatic --noinput' \
 && useradd --uid 1000 cpms && mkdir -p /data/media && chown -R cpms /data
USER cpms
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "cpms.web"]
